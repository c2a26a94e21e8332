// Asks the panel on this machine whether it serves, for whoever watches a container: exit code 0, or 1 with a line why.
import { get as getOverHttp, type IncomingMessage } from 'node:http';
import { get as getOverHttps } from 'node:https';
import process from 'node:process';
import { disk } from '../device/files.ts';
import { loadConfiguration } from './config.ts';
import type { PanelConfiguration } from './panel-config.ts';

/** Milliseconds until no answer is one. */
const patience = 3_000;

/** Where a panel that listens on every address is reached from here. */
const onThisMachine: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The status of the panel's answer. Rejects where there is none. */
function ask({ host, port, https }: PanelConfiguration): Promise<number> {
  const options = {
    host: onThisMachine[host] ?? host,
    port,
    path: '/healthz',
    // The certificate is the device's own, which nobody vouches for; nothing secret is asked or told.
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(patience),
  };
  return new Promise((resolve, reject) => {
    const take = (answer: IncomingMessage) => resolve(answer.statusCode ?? 0);
    const request = https === 'off' ? getOverHttp(options, take) : getOverHttps(options, take);
    request.once('error', reject);
  });
}

/** Why the panel is not well; undefined where it is. */
async function complaint(): Promise<string | undefined> {
  try {
    const { panel } = loadConfiguration(process.env['SCANSIDE_CONFIG'] || undefined, disk);
    const status = await ask(panel);
    return status === 200 ? undefined : `the panel answers with status ${status}`;
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'AbortError' ? `the panel is silent for ${patience / 1000} s` : message;
  }
}

const why = await complaint();
if (why !== undefined) process.stderr.write(`${why.replaceAll(/\s*\n\s*/g, ' ')}\n`);
process.exit(why === undefined ? 0 : 1);
