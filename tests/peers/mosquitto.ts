import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isListening, type Running, startProgram } from './process.ts';

/** A broker without TLS on a loopback port, with what the fleet's side asks of one. */
export function startMosquitto(folder: string, port: number): Promise<Running> {
  const config = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'set_tcp_nodelay true',
    'max_queued_messages 1000000',
    'max_inflight_messages 1000',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  return startProgram('mosquitto', ['-c', config], () => isListening(port));
}
