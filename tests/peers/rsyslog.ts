import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../certificates.ts';
import { isListening, type Running, startProgram } from './process.ts';

/** Where Debian puts the part of rsyslog that speaks TLS (package rsyslog-gnutls). */
export const gnutlsModule = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((machine) => `/usr/lib/${machine}/rsyslog/lmnsd_gtls.so`)
  .find((path) => existsSync(path));

export interface RsyslogOptions {
  folder: string;
  port: number;
  authorityFile: string;
  identity: Identity;
  /** Name in the certificate of whoever may send. */
  permitted: string;
}

/** A syslog server with mutual TLS that writes what it takes to a file, a message a line. */
export interface Rsyslog {
  messages(): string[];
  log(): string;
  stop(): Promise<void>;
}

export async function startRsyslog(options: RsyslogOptions): Promise<Rsyslog> {
  const { folder, port } = options;
  const output = join(folder, 'messages');
  const config = join(folder, 'rsyslog.conf');
  writeFileSync(config, configOf(options, output));
  const args = ['-n', '-f', config, '-i', join(folder, 'rsyslog.pid')];
  const running: Running = await startProgram('rsyslogd', args, () => isListening(port));
  const read = (): string => (existsSync(output) ? readFileSync(output, 'utf8') : '');
  return {
    messages: () => read().split('\n').slice(0, -1),
    log: () => running.output(),
    stop: () => running.stop(),
  };
}

function configOf(options: RsyslogOptions, output: string): string {
  const { folder, port, authorityFile, identity, permitted } = options;
  return `global(
  workDirectory="${folder}" maxMessageSize="64k"
  defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="${authorityFile}"
  defaultNetstreamDriverCertFile="${identity.certificateFile}"
  defaultNetstreamDriverKeyFile="${identity.keyFile}"
)
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1"
  streamDriver.authMode="x509/name" permittedPeer=["${permitted}"])
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="raw" type="string" string="%rawmsg-after-pri%\\n")
if $syslogfacility-text == "authpriv" then action(type="omfile" file="${output}" template="raw")
`;
}
