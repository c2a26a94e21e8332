import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { ScansideError, type ErrorCode } from './errors.ts';

/** A secret that one TPM gives out again in one state of the machine; nothing of it is secret itself. */
export interface SealedSecret {
  /** Registers that must be as they were when it was sealed, such as `sha256:0,7`: firmware and secure boot. */
  pcrs: string;
  /** TPM2B_PUBLIC and TPM2B_PRIVATE, base64. */
  publicPart: string;
  privatePart: string;
  /** Name of the TPM’s endorsement key: the same for the life of a TPM, also when it is cleared. Hexadecimal. */
  endorsement: string;
}

/** Seals small secrets. */
export interface Tpm {
  /** Throws TPM_UNAVAILABLE. */
  seal(secret: Uint8Array, pcrs: string): SealedSecret;
  /** Throws TPM_STATE_CHANGED, TPM_CLEARED, TPM_OTHER or TPM_UNAVAILABLE. */
  unseal(sealed: SealedSecret): Buffer;
}

/** Firmware, and the state of secure boot (TCG PC Client Platform Firmware Profile 3.3.4). */
export const bootPcrs = 'sha256:0,7';

export const kernelTpm = 'device:/dev/tpmrm0';
const longestMs = 30_000;
const attributes = 'fixedtpm|fixedparent|adminwithpolicy|noda';

/** Response codes of TPM 2.0 Part 2, 6.6.3, without the number of the handle, session or parameter. */
const codeMask = 0xbf;
const policyFailed = 0x9d;
const integrityFailed = 0x9f;

/**
 * The TPM by the programs of tpm2-tools. `tcti`: how to reach it (TPM2TOOLS_TCTI), by default through the kernel’s
 * resource manager.
 */
export function openTpm(tcti = process.env['TPM2TOOLS_TCTI'] ?? kernelTpm): Tpm {
  return {
    seal: (secret, pcrs) => withTools(tcti, (tools) => seal(tools, secret, pcrs)),
    unseal: (sealed) => withTools(tcti, (tools) => unseal(tools, sealed)),
  };
}

/** Runs the programs of tpm2-tools in a folder of their own, which holds only what the TPM has encrypted for itself. */
export class Tools {
  readonly #folder: string;
  readonly #tcti: string;

  constructor(folder: string, tcti: string) {
    this.#folder = folder;
    this.#tcti = tcti;
  }

  run(program: string, args: string, input?: Uint8Array): Buffer {
    const name = `tpm2_${program}`;
    const ended = spawnSync(name, args.split(' '), {
      cwd: this.#folder,
      env: { PATH: process.env['PATH'], TPM2TOOLS_TCTI: this.#tcti },
      timeout: longestMs,
      input: input ?? '',
    });
    if (ended.error) throw new ScansideError('TPM_UNAVAILABLE', name, { cause: ended.error });
    if (ended.status !== 0) throw new TpmFailure(name, ended.stderr.toString());
    return ended.stdout;
  }

  read(name: string): string {
    return readFileSync(join(this.#folder, name)).toString('base64');
  }

  write(name: string, base64: string): void {
    writeFileSync(join(this.#folder, name), Buffer.from(base64, 'base64'));
  }
}

/** What a TPM has answered. */
export class TpmFailure extends Error {
  /** Of the TPM, without places; 0 where it was not the TPM that failed. */
  readonly response: number;

  constructor(program: string, output: string) {
    const [, digits = '0'] = /\(0x([0-9A-Fa-f]+)\)/.exec(output) ?? [];
    const code = Number.parseInt(digits, 16);
    super(`${program}: 0x${code.toString(16).toUpperCase()}`);
    this.response = code & codeMask;
  }
}

/** Has the TPM at `tcti` do something. Throws TPM_UNAVAILABLE for whatever fails and is not caught by `work`. */
export function withTools<T>(tcti: string, work: (tools: Tools) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-tpm-'));
  try {
    return work(new Tools(folder, tcti));
  } catch (error) {
    if (!(error instanceof TpmFailure)) throw error;
    throw new ScansideError('TPM_UNAVAILABLE', error.message, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function seal(tools: Tools, secret: Uint8Array, pcrs: string): SealedSecret {
  const endorsement = endorsementName(tools);
  tools.run('startauthsession', '-S policy.session');
  tools.run('policypcr', `-S policy.session -l ${pcrs} -L pcr.policy`);
  tools.run('flushcontext', 'policy.session');
  makeParent(tools);
  const parts = '-u sealed.pub -r sealed.priv';
  tools.run('create', `-C parent.ctx -L pcr.policy -i - ${parts} -a ${attributes} -Q`, secret);
  flush(tools);
  const [publicPart, privatePart] = [tools.read('sealed.pub'), tools.read('sealed.priv')];
  return { pcrs, publicPart, privatePart, endorsement };
}

function unseal(tools: Tools, sealed: SealedSecret): Buffer {
  tools.write('sealed.pub', sealed.publicPart);
  tools.write('sealed.priv', sealed.privatePart);
  makeParent(tools);
  try {
    tools.run('load', '-C parent.ctx -u sealed.pub -r sealed.priv -c sealed.ctx -Q');
    flush(tools);
    return tools.run('unseal', `-c sealed.ctx -p pcr:${sealed.pcrs}`);
  } catch (error) {
    if (!(error instanceof TpmFailure)) throw error;
    flush(tools);
    throw new ScansideError(judge(tools, error, sealed), error.message, { cause: error });
  }
}

/** A TPM that was cleared has another storage key and the same endorsement key; another TPM has neither. */
function judge(tools: Tools, { response }: TpmFailure, { endorsement }: SealedSecret): ErrorCode {
  if (response === policyFailed) return 'TPM_STATE_CHANGED';
  if (response !== integrityFailed) return 'TPM_UNAVAILABLE';
  return endorsementName(tools) === endorsement ? 'TPM_CLEARED' : 'TPM_OTHER';
}

function makeParent(tools: Tools): void {
  tools.run('createprimary', '-C o -g sha256 -G ecc -c parent.ctx -Q');
  flush(tools);
}

function endorsementName(tools: Tools): string {
  tools.run('createprimary', '-C e -g sha256 -G ecc -c endorsement.ctx -Q');
  flush(tools);
  tools.run('readpublic', '-c endorsement.ctx -n endorsement.name -Q');
  flush(tools);
  return Buffer.from(tools.read('endorsement.name'), 'base64').toString('hex');
}

/** A TPM without a resource manager holds three objects at a time. */
function flush(tools: Tools): void {
  tools.run('flushcontext', '-t');
}
