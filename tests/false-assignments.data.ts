import type { ErrorCode } from '../device/errors.ts';
import { describe } from '../ota/fleet/metadata.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { type AssignmentMemory, assignmentType } from '../ota/trust/assignment.ts';
import {
  assign,
  chest1,
  chest2,
  day,
  directorFile,
  envelop,
  hour,
  release,
  start,
} from './update-repository.ts';

const stranger = createSigningKey();

export interface FalseAssignment {
  name: string;
  code: ErrorCode;
  /** What arrives. */
  bytes?: Buffer;
  memory?: AssignmentMemory;
  director?: Buffer;
}

export const director = createSigningKey();
export const itemOf = (group: string, counter: number, target: string) => {
  const { length, hashes } = release(group, counter);
  return { group, target, sha256: hashes.sha256, length };
};
export const fresh: AssignmentMemory = { seq: 0, digest: '', groups: {} };
export const committed = (counter: number) => ({
  sha256: release('chest', counter).hashes.sha256,
  counter,
});

export const falseAssignments: FalseAssignment[] = [
  {
    name: 'it is for another device',
    code: 'ASSIGNMENT_FOREIGN',
    bytes: assign(director, { device: 'ct-2' }),
  },
  {
    name: 'it is signed by a stranger',
    code: 'ASSIGNMENT_UNSIGNED',
    bytes: assign(stranger),
  },
  {
    name: 'a stranger signs in the director’s name',
    code: 'ASSIGNMENT_UNSIGNED',
    bytes: assign({ ...stranger, keyId: director.keyId }),
  },
  {
    name: 'the director’s key was revoked',
    code: 'ASSIGNMENT_UNSIGNED',
    director: directorFile(stranger),
  },
  {
    name: 'every director’s key was revoked',
    code: 'ASSIGNMENT_UNSIGNED',
    director: directorFile(),
  },
  {
    name: 'the signature is for another type of statement',
    code: 'ASSIGNMENT_MALFORMED',
    bytes: envelop(director, 'application/vnd.scanside.other+json', Buffer.from('{}')),
  },
  {
    name: 'its type was changed afterwards',
    code: 'ASSIGNMENT_UNSIGNED',
    bytes: Buffer.from(
      envelop(director, 'application/other', Buffer.from('{}'))
        .toString()
        .replace('application/other', assignmentType),
    ),
  },
  {
    name: 'an older one comes again',
    code: 'ASSIGNMENT_REPLAYED',
    memory: { ...fresh, seq: 8 },
  },
  {
    name: 'another one bears the same number',
    code: 'ASSIGNMENT_REPLAYED',
    memory: { ...fresh, seq: 7, digest: 'other' },
  },
  {
    name: 'it has expired',
    code: 'ASSIGNMENT_EXPIRED',
    bytes: assign(director, { issued: start - day, expires: start }),
  },
  {
    name: 'it is not valid yet',
    code: 'ASSIGNMENT_EXPIRED',
    bytes: assign(director, { issued: start + hour, expires: start + day }),
  },
  {
    name: 'it would be valid for ever',
    code: 'ASSIGNMENT_MALFORMED',
    bytes: assign(director, { expires: start + 8 * day }),
  },
  {
    name: 'it says another hash than the image repository',
    code: 'ASSIGNMENT_DISAGREES',
    bytes: assign(director, { assignments: [itemOf('chest', 1, chest2)] }),
  },
  {
    name: 'it says another length than the image repository',
    code: 'ASSIGNMENT_DISAGREES',
    bytes: assign(director, { assignments: [{ ...itemOf('chest', 2, chest2), length: 1 }] }),
  },
  {
    name: 'it puts one model in another’s place',
    code: 'ASSIGNMENT_DISAGREES',
    bytes: assign(director, {
      assignments: [{ ...itemOf('chest', 2, chest2), group: 'head' }],
    }),
  },
  {
    name: 'it assigns a file that is no release',
    code: 'ASSIGNMENT_DISAGREES',
    bytes: assign(director, {
      assignments: [{ group: 'chest', target: 'director.json', ...sizeOf(directorFile(director)) }],
    }),
  },
  {
    name: 'it assigns what nobody has signed for',
    code: 'TARGET_UNKNOWN',
    bytes: assign(director, {
      assignments: [itemOf('chest', 2, 'models/chest/9.0.0/manifest.json')],
    }),
  },
  {
    name: 'a target’s name leads out of its folder',
    code: 'TARGET_NAME_REFUSED',
    bytes: assign(director, { assignments: [itemOf('chest', 2, 'models/../../etc/passwd')] }),
  },
  {
    name: 'it goes back behind what was committed',
    code: 'ASSIGNMENT_DOWNGRADE',
    bytes: assign(director, { assignments: [itemOf('chest', 1, chest1)] }),
    memory: { ...fresh, groups: { chest: { committed: committed(2) } } },
  },
  {
    name: 'it rolls back to what did not run before',
    code: 'ASSIGNMENT_DOWNGRADE',
    bytes: assign(director, { mode: 'rollback', assignments: [itemOf('chest', 1, chest1)] }),
    memory: { ...fresh, groups: { chest: { committed: committed(2), previous: committed(0) } } },
  },
  {
    name: 'it has a field that nobody knows',
    code: 'ASSIGNMENT_MALFORMED',
    bytes: assign(director, { force: true } as object),
  },
  { name: 'it is no JSON', code: 'ASSIGNMENT_MALFORMED', bytes: Buffer.from('<html>') },
  {
    name: 'it is longer than any may be',
    code: 'ASSIGNMENT_MALFORMED',
    bytes: Buffer.alloc(70_000, ' '),
  },
  {
    name: 'the list of the director’s keys is none',
    code: 'DIRECTOR_UNKNOWN',
    director: Buffer.from('{"schema":1}'),
  },
];

function sizeOf(bytes: Buffer) {
  const { length, hashes } = describe(bytes);
  return { length, sha256: hashes.sha256 };
}
