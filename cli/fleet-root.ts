import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keyPath } from '../ota/fleet/ceremony.ts';
import { type FleetChange, type FleetState, readFleet } from '../ota/fleet/fleet-folder.ts';
import { KeySealer } from '../ota/fleet/key-file.ts';
import type { Envelope } from '../ota/fleet/metadata.ts';
import { changeKeys, heldRoles, type KeyChange, signersWanted } from '../ota/fleet/root-change.ts';
import { createSigningKey, type SigningKey } from '../ota/fleet/signing-key.ts';
import type { Command } from './command.ts';
import {
  conclude,
  fleetOptions,
  fleetUsage,
  passphraseOptions,
  passphraseUsage,
  readPassphrase,
  readPublicKeys,
} from './fleet-request.ts';
import { choice, readOptions, required, runCommand, UsageError, wholeNumber } from './options.ts';

const usage = `Prepares a root with other keys, which \`scanside fleet sign --role root\` and \`scanside fleet publish\` make public.
Files only; it needs no network. Enough keys of the root before and enough of its own have to sign it, so that devices
that were away for many roots follow one after the other.

Usage: scanside fleet root rotate --folder FOLDER --key-id ID [OPTIONS]
       scanside fleet root add-key --folder FOLDER [OPTIONS]
       scanside fleet root remove-key --folder FOLDER --key-id ID [OPTIONS]

  --folder FOLDER   that of the fleet manager
  --role ROLE       whose keys: root (default) or targets. Targets are then to be signed again as well, by the new keys
  --key-id ID       the key that is no longer to sign; \`rotate\` puts another one in its place
  --key FILE        public key (PEM, Ed25519) of the new signer, who has made it. Without it one is made here, into keys/,
                    sealed with the passphrase
  --threshold N     how many have to sign from then on; as many as until now without it
${passphraseUsage}
${fleetUsage}`;

const options = {
  ...fleetOptions,
  ...passphraseOptions,
  role: { type: 'string', default: 'root' },
  'key-id': { type: 'string' },
  key: { type: 'string' },
  threshold: { type: 'string' },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;

/** What each verb does with keys. */
const verbs: Readonly<Record<string, { adds: boolean; removes: boolean }>> = {
  rotate: { adds: true, removes: true },
  'add-key': { adds: true, removes: false },
  'remove-key': { adds: false, removes: true },
};

/** `scanside fleet root`. */
export const fleetRoot: Command = {
  summary: 'prepares a root with other keys',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const [name = '', ...rest] = args;
      const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
      if (!verb) throw new UsageError('which is it: rotate, add-key or remove-key?');
      const values = readOptions(rest, options);
      const folder = required('folder', values.folder);
      const state = readFleet(disk, folder);
      const made = verb.adds && !values.key ? createSigningKey() : undefined;
      const keyChange = readChange(values, verb, made);
      const change = changeKeys(state, keyChange, systemClock.now());
      const file = made && (await sealed(values, keyChange.role, made));
      const writes = file ? [file, ...change.writes] : change.writes;
      conclude({ ...values, folder }, { ...change, writes }, outcomeOf(state, change, file), io);
      return 0;
    }),
};

function readChange(
  values: Values,
  { adds, removes }: { adds: boolean; removes: boolean },
  made: SigningKey | undefined,
): KeyChange {
  return {
    role: choice('role', values.role, heldRoles),
    add: made ? [made.publicKey] : adds ? readPublicKeys([values.key ?? '']) : [],
    remove: removes ? [required('key-id', values['key-id'])] : [],
    threshold:
      values.threshold === undefined ? undefined : wholeNumber('threshold', values.threshold, 1, 9),
  };
}

/** The file of a key that was made here; it takes no other's name. */
async function sealed(
  values: Values,
  role: string,
  key: SigningKey,
): Promise<[path: string, text: string]> {
  const name = `${role}-${key.keyId.slice(0, 8)}`;
  const sealer = new KeySealer(await readPassphrase(values));
  return [keyPath(name), sealer.seal(name, key)];
}

function outcomeOf(before: FleetState, change: FleetChange, file?: [path: string, text: string]) {
  const envelopes = change.writes.map(([, bytes]) => JSON.parse(String(bytes)) as Envelope);
  const roles = envelopes.map(({ signed }) => signed._type);
  const staged = new Map(roles.map((role, at) => [role, envelopes[at]!]));
  const after = { ...before, staged: new Map([...before.staged, ...staged]) };
  const wanted = Object.fromEntries(roles.map((role) => [role, signersWanted(after, role)]));
  const lines = roles.flatMap((role) => [
    `${role} version ${staged.get(role)!.signed.version} waits for signatures:`,
    ...wanted[role]!.map(
      ({ threshold, keyIds }) => `  ${threshold} of\n    ${keyIds.join('\n    ')}`,
    ),
  ]);
  return {
    lines: [...(file ? [`${file[0]} was made: give it to its signer.`] : []), ...lines],
    facts: { wanted, ...(file && { key: file[0] }) },
  };
}
