import { modelQuantize } from './cli/model-quantize.ts';
process.exitCode = await modelQuantize.run(process.argv.slice(2), { out: console.log, error: console.error });
