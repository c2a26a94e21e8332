import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './peers/process.ts';

/** A certificate and its key, as PEM files and as texts. */
export interface Identity {
  certificateFile: string;
  keyFile: string;
  certificate: string;
  key: string;
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** An authority of a test's own, made by openssl. */
export class Authority {
  readonly #folder: string;
  readonly #identity: Identity;

  private constructor(folder: string, identity: Identity) {
    this.#folder = folder;
    this.#identity = identity;
  }

  static async make(folder: string, name: string): Promise<Authority> {
    const [keyFile, certificateFile] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const files = ['-keyout', keyFile, '-out', certificateFile];
    const use = ['-addext', 'keyUsage=critical,keyCertSign'];
    await openssl('req', '-x509', ...curve, '-subj', `/CN=${name}`, '-days', '2', ...use, ...files);
    return new Authority(folder, read(certificateFile, keyFile));
  }

  get certificateFile(): string {
    return this.#identity.certificateFile;
  }

  /** The authority's own certificate. */
  get certificate(): string {
    return this.#identity.certificate;
  }

  /** Signs a certificate for a common name that is also its only DNS name. With negative `days` it has expired. */
  async issue(name: string, days = 1): Promise<Identity> {
    const at = (ending: string): string => join(this.#folder, `${name}${days}.${ending}`);
    writeFileSync(at('ext'), `basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:${name}\n`);
    const request = ['-subj', `/CN=${name}`, '-keyout', at('key'), '-out', at('csr')];
    await openssl('req', ...curve, ...request);
    const { certificateFile, keyFile } = this.#identity;
    const signer = ['-CA', certificateFile, '-CAkey', keyFile, '-CAcreateserial'];
    const files = ['-in', at('csr'), '-extfile', at('ext'), '-out', at('pem')];
    await openssl('x509', '-req', ...signer, '-days', String(days), ...files);
    return read(at('pem'), at('key'));
  }
}

function read(certificateFile: string, keyFile: string): Identity {
  return {
    certificateFile,
    keyFile,
    certificate: readFileSync(certificateFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
  };
}

async function openssl(...args: string[]): Promise<void> {
  const { code, output } = await runProgram('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args.join(' ')}: ${output}`);
}
