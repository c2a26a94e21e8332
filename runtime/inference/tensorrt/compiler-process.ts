// The compiler process: started by compiler.ts for one bundle, and killed when it takes too long.
import { openRuntime } from '../session/runtimes.ts';
import { serveCompiler } from './compiler-service.ts';

serveCompiler(openRuntime);
