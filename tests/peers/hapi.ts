import { join } from 'node:path';
import { freePort } from '../outside.ts';
import { isListening, runProgram, type Running, startProgram } from './process.ts';

const folder = join(import.meta.dirname, '..', '..', '.cache', 'hapi');

/** What a suite with HAPI needs: the ready file of scripts/hl7-engine.ts. */
export const hapi = join(folder, 'installed');

/** A message as the engine understood it. */
export interface Understood {
  /** Its text as the engine would write it. */
  encoded: string;
  /** `name=value` lines, as tests/peers/hapi/OruServer.java writes them. */
  lines: string[];
}

export interface Hapi extends Running {
  port: number;
  received(): Understood[];
}

/** Starts an engine on a loopback port, with TLS where it is given a certificate and key. Files lie in `place`. */
export async function startHapi(tls?: {
  certificateFile: string;
  keyFile: string;
  place: string;
}): Promise<Hapi> {
  const port = await freePort();
  // Where it writes the last control ID that it gave.
  const home = `-Dhapi.home=${folder}`;
  const program = [home, '-cp', `${folder}/*`, join(import.meta.dirname, 'hapi', 'OruServer.java')];
  const options = tls ? await keyStore(tls) : [];
  const args = [...options, ...program, String(port), ...(tls ? ['tls'] : [])];
  const running = await startProgram(
    'java',
    args,
    (output) => output.includes('READY') && isListening(port),
    120_000,
  );
  return { ...running, port, received: () => understood(running.output()) };
}

async function keyStore(tls: { certificateFile: string; keyFile: string; place: string }) {
  const store = join(tls.place, 'hapi.p12');
  const files = ['-in', tls.certificateFile, '-inkey', tls.keyFile, '-out', store];
  const made = await runProgram('openssl', [
    'pkcs12',
    '-export',
    ...files,
    '-passout',
    'pass:test',
  ]);
  if (made.code !== 0) throw new Error(made.output);
  return [
    `-Djavax.net.ssl.keyStore=${store}`,
    '-Djavax.net.ssl.keyStoreType=PKCS12',
    '-Djavax.net.ssl.keyStorePassword=test',
  ];
}

function understood(output: string): Understood[] {
  const decode = (text: string): string => Buffer.from(text, 'base64').toString();
  return Array.from(
    output.matchAll(/^RECEIVED (\S+) (\S+)$/gm),
    ([, encoded = '', lines = '']) => ({
      encoded: decode(encoded),
      lines: decode(lines).split('\n'),
    }),
  );
}
