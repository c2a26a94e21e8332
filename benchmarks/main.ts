// Measurements, one file a question: `npm run bench -- NAME [options]`.
import process from 'node:process';
import { audit, auditUsage } from './audit.ts';
import { day, dayUsage } from './day.ts';
import { engine, engineUsage } from './engine.ts';
import { fleet, fleetUsage } from './fleet.ts';
import { line, lineUsage } from './line.ts';
import { models, modelsUsage } from './models.ts';
import { panel, panelUsage } from './panel.ts';
import { receive, receiveUsage } from './receive.ts';
import { results, resultsUsage } from './results.ts';
import { scheduler, schedulerUsage } from './scheduler.ts';
import { shadow, shadowUsage } from './shadow.ts';
import { soak, soakUsage } from './soak.ts';
import { update, updateUsage } from './update.ts';

const benchmarks: Record<string, { run(args: string[]): Promise<void>; usage: string }> = {
  receive: { run: receive, usage: receiveUsage },
  line: { run: line, usage: lineUsage },
  results: { run: results, usage: resultsUsage },
  day: { run: day, usage: dayUsage },
  models: { run: models, usage: modelsUsage },
  engine: { run: engine, usage: engineUsage },
  scheduler: { run: scheduler, usage: schedulerUsage },
  audit: { run: audit, usage: auditUsage },
  panel: { run: panel, usage: panelUsage },
  shadow: { run: shadow, usage: shadowUsage },
  soak: { run: soak, usage: soakUsage },
  fleet: { run: fleet, usage: fleetUsage },
  update: { run: update, usage: updateUsage },
};

const usage = `Measurements. Figures go into benchmarks/README.md; only those of a quiet machine mean anything.

  npm run bench -- NAME [options]

${Object.values(benchmarks)
  .map((benchmark) => benchmark.usage)
  .join('\n\n')}
`;

async function main([name = '--help', ...args]: string[]): Promise<number> {
  if (name === '--help' || args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const benchmark = benchmarks[name];
  if (!benchmark) {
    console.error(`bench: there is no ${name}\n\n${usage}`);
    return 2;
  }
  await benchmark.run(args);
  return 0;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exit(1);
}
