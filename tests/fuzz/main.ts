// npm run test:fuzz -- --streams N --sockets N --seed S
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sharedFolder } from '../outside.ts';
import { runCodecCampaign } from './codec-campaign.ts';
import { startReceiverChild } from './receiver-child.ts';
import { formatSampleTable, runSampleCampaign } from './sample-campaign.ts';
import { runSocketCampaign } from './socket-campaign.ts';

const usage = `Attacks the DICOM codec and the receiver process with made-up hostile peers.

Usage: npm run test:fuzz -- [--streams N] [--sockets N] [--seed S] [--help]

  --streams N    streams read by the codec in this process (default 1000000)
  --sockets N    streams sent to a receiver process over loopback (default 20000)
  --seed S       the first seed; each stream has the next (default 1)
  --help         this text

Then every damaged sample of ../shared, where it is there, is sent over C-STORE.
To see one finding again: --seed with its seed, --streams 1 or --sockets 1.
Ends with 1 where anything was found.
`;

/** Growth above this is a leak, KiB; a stream or a service slower than these holds up others, milliseconds. */
const growthLimitKib = 32 * 1024;
const streamLimitMs = 1000;
const probeLimitMs = 1000;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What is still in use: twice, for what the first collection leaves to be swept afterwards. */
async function heapKib(): Promise<number> {
  setFlagsFromString('--expose-gc');
  for (let round = 0; round < 2; round += 1) {
    (runInNewContext('gc') as () => void)();
    await sleep(200);
  }
  const { heapUsed, external } = process.memoryUsage();
  return Math.round((heapUsed + external) / 1024);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

async function attackCodec(seed: number, count: number): Promise<string[]> {
  const start = performance.now();
  const warmUp = Math.ceil(count / 100);
  const first = await runCodecCampaign(seed, warmUp);
  const before = await heapKib();
  const rest = await runCodecCampaign(seed + warmUp, count - warmUp, (streams) => {
    if (streams % 50_000 === 0) say(`  ${streams} streams, ${seconds(start)}`);
  });
  const growth = (await heapKib()) - before;
  say(`codec: ${count} streams from seed ${seed} in ${seconds(start)}; heap growth ${growth} KiB`);
  say(`  ${rest.headers + first.headers} data sets read; ${JSON.stringify(rest.outcomes)}`);
  const { seed: slowSeed, ms } = rest.slowest;
  say(`  the slowest took ${Math.round(ms)} ms: seed ${slowSeed}`);
  const slow = ms > streamLimitMs ? [`seed ${slowSeed}: took ${Math.round(ms)} ms`] : [];
  const leak = growth > growthLimitKib ? [`the heap grew by ${growth} KiB`] : [];
  return [...first.findings, ...rest.findings, ...slow, ...leak];
}

async function attackReceiver(seed: number, count: number): Promise<string[]> {
  const start = performance.now();
  const receiver = await startReceiverChild();
  const report = await runSocketCampaign(receiver, seed, count, (streams) =>
    say(`  ${streams} streams, ${receiver.residentKib()} KiB, ${seconds(start)}`),
  );
  await receiver.stop();
  const { streams, growthKib, probes, slowestProbeMs, findings } = report;
  const slowest = Math.round(slowestProbeMs);
  say(
    `receiver: ${streams} streams from seed ${seed} in ${seconds(start)}; growth ${growthKib} KiB`,
  );
  say(`  ${probes} C-ECHO meanwhile, the slowest ${slowest} ms`);
  if (growthKib > growthLimitKib) findings.push(`the receiver grew by ${growthKib} KiB`);
  if (slowest > probeLimitMs) findings.push(`a C-ECHO took ${slowest} ms`);
  return findings;
}

async function sendSamples(): Promise<string[]> {
  const shared = sharedFolder();
  if (shared === undefined) return [];
  const receiver = await startReceiverChild();
  const report = await runSampleCampaign(receiver, shared);
  await receiver.stop();
  say(`samples: ${report.sent} objects; growth ${report.growthKib} KiB`);
  say(formatSampleTable(report));
  if (report.growthKib > growthLimitKib)
    report.findings.push(`the receiver grew by ${report.growthKib} KiB`);
  return report.findings;
}

function number(text: string | undefined, usual: number): number {
  const value = Number(text ?? usual);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new Error(`${text} is no whole number from 0 to 2147483647`);
}

async function run(): Promise<void> {
  const string = { type: 'string' } as const;
  const help = { type: 'boolean' } as const;
  const { values } = parseArgs({
    options: { streams: string, sockets: string, seed: string, help },
  });
  if (values.help) return say(usage);
  const seed = number(values.seed, 1);
  const findings = [
    ...(await attackCodec(seed, number(values.streams, 1_000_000))),
    ...(await attackReceiver(seed, number(values.sockets, 20_000))),
    ...(await sendSamples()),
  ];
  for (const finding of findings) say(`FOUND ${finding}`);
  say(findings.length === 0 ? 'nothing found' : `${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

try {
  await run();
} catch (error) {
  process.stderr.write(`test:fuzz: ${String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
