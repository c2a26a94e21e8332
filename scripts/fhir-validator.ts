// Installs HAPI FHIR's validator for tests/fhir-validator.test.ts under .cache: 130 megabytes, some ten seconds.
import { fetchJars } from './maven.ts';

fetchJars('fhir-validator', 'Maven, Java 17 and a Maven repository');
