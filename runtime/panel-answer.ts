import { get as getOverHttp, type IncomingMessage } from 'node:http';
import { get as getOverHttps } from 'node:https';
import type { PanelConfiguration } from './panel-config.ts';

/** Milliseconds until no answer is one. */
export const panelPatienceMs = 3_000;

/** Where a panel that listens on every address is reached from here. */
const onThisMachine: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Asks the panel on this machine whether it serves: the status of its answer. Rejects where there is none. */
export function askPanel({
  host,
  port,
  https,
}: Pick<PanelConfiguration, 'host' | 'port' | 'https'>): Promise<number> {
  const options = {
    host: onThisMachine[host] ?? host,
    port,
    path: '/healthz',
    // The certificate is the device's own, which nobody vouches for; nothing secret is asked or told.
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(panelPatienceMs),
  };
  return new Promise((resolve, reject) => {
    const take = (answer: IncomingMessage) => resolve(answer.resume().statusCode ?? 0);
    const request = https === 'off' ? getOverHttp(options, take) : getOverHttps(options, take);
    request.once('error', reject);
  });
}
