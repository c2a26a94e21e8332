import { disk } from '../device/files.ts';
import { ScansideError } from '../device/errors.ts';
import { readFleet, stagedFile } from '../ota/fleet/fleet-folder.ts';
import { readKeyFile } from '../ota/fleet/key-file.ts';
import { missingSignatures, withSignature } from '../ota/fleet/signers.ts';
import { bytesToSign, type Signature, signWith } from '../ota/fleet/signing-key.ts';
import type { Envelope } from '../ota/fleet/metadata.ts';
import type { Command } from './command.ts';
import {
  conclude,
  fleetOptions,
  fleetUsage,
  passphraseOptions,
  passphraseUsage,
  readPassphrase,
} from './fleet-request.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Signs what a role is to say next. It needs no network: carry the folder (without online/) to the signer's machine, and
the file in staged/ back.

Usage: scanside fleet sign --folder FOLDER --role ROLE --key FILE [OPTIONS]
       scanside fleet sign --folder FOLDER --role ROLE --print
       scanside fleet sign --folder FOLDER --role ROLE --key-id ID --signature HEX

  --folder FOLDER   that of the fleet manager
  --role ROLE       root, targets or models.NAME
  --key FILE        the signer's key, from \`scanside fleet init\`
  --print           prints the bytes that are signed, for a hardware token or another program (Ed25519)
  --key-id ID       whose signature --signature is
  --signature HEX   a signature of these bytes that was made elsewhere
${passphraseUsage}
${fleetUsage}

Exit status 3: signed, and more signatures are needed.`;

const options = {
  ...fleetOptions,
  ...passphraseOptions,
  role: { type: 'string' },
  key: { type: 'string' },
  print: { type: 'boolean' },
  'key-id': { type: 'string' },
  signature: { type: 'string' },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;

/** `scanside fleet sign`. */
export const fleetSign: Command = {
  summary: 'signs what a role is to say next',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const folder = required('folder', values.folder);
      const role = required('role', values.role);
      const state = readFleet(disk, folder);
      const envelope = state.staged.get(role);
      if (!envelope) throw new ScansideError('FLEET_REFUSED', `${role} waits for no signature`);
      if (values.print) {
        io.out(bytesToSign(envelope.signed).toString('utf8'));
        return 0;
      }
      const signature = await readSignature(values, envelope);
      const signed = withSignature(state, role, envelope, signature);
      const missing = missingSignatures(state, role, signed);
      const change = { writes: [stagedFile(role, signed)], removals: [] };
      const lines = [
        `${role} version ${signed.signed.version} is signed by ${signature.keyid}.`,
        missing
          ? `It lacks ${missing} more.`
          : 'It is complete: `scanside fleet publish` makes it public.',
      ];
      const facts = { role, version: signed.signed.version, keyId: signature.keyid, missing };
      conclude({ ...values, folder }, change, { lines, facts }, io);
      return missing ? 3 : 0;
    }),
};

async function readSignature(values: Values, { signed }: Envelope): Promise<Signature> {
  if (values.signature !== undefined)
    return { keyid: required('key-id', values['key-id']), sig: values.signature };
  const path = required('key', values.key);
  return signWith(readKeyFile(disk, path, await readPassphrase(values)), signed);
}
