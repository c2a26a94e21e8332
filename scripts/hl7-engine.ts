// Fetches HAPI, the HL7 engine that tests/hl7-engine.test.ts sends messages to, into .cache: four megabytes.
import { fetchJars } from './maven.ts';

fetchJars('hapi', 'Maven and a Maven repository');
