// npm run test:crash -- --trials N --seed S
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runCrashCampaign, type CrashReport } from './campaign.ts';

const usage = `Kills the receiver process with SIGKILL while four senders store, and looks for what was promised.

Usage: npm run test:crash -- [--trials N] [--seed S] [--help]

  --trials N     processes to kill (default 1000)
  --seed S       the first seed; each trial has the next (default 1)
  --help         this text

Ends with 1 where an acknowledged instance is lost, half an instance is visible, or one is there twice.
`;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function number(text: string | undefined, usual: number): number {
  const value = Number(text ?? usual);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new Error(`${text} is no whole number from 0 to 2147483647`);
}

function describe({ trials, midTransfer, acknowledged, losses }: CrashReport): string {
  const counts = Object.entries(losses).map(([kind, which]) => `${which.length} ${kind}`);
  return `${trials} kills, ${midTransfer} in mid-transfer; ${acknowledged} acknowledged instances: ${counts.join(', ')}`;
}

async function run(): Promise<void> {
  const string = { type: 'string' } as const;
  const help = { type: 'boolean' } as const;
  const { values } = parseArgs({ options: { trials: string, seed: string, help } });
  if (values.help) return say(usage);
  const seed = number(values.seed, 1);
  const start = performance.now();
  const report = await runCrashCampaign(seed, number(values.trials, 1000), (soFar) => {
    if (soFar.trials % 100 === 0) say(`  ${describe(soFar)}`);
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const found = Object.entries(report.losses).flatMap(([kind, which]) =>
    which.map((what: string) => `FOUND ${kind}: ${what}`),
  );
  found.forEach(say);
  say(`seed ${seed}, ${seconds} s: ${describe(report)}`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

try {
  await run();
} catch (error) {
  process.stderr.write(`test:crash: ${String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
