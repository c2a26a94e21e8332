import { describe, expect, it } from 'vitest';

import { associateRequest, ctImageStorage } from '../../tests/raw-peer.ts';
import {
  type AcceptancePolicy,
  acceptedContexts,
  describeReject,
  negotiate,
  reject,
} from './negotiation.ts';
import type { AssociateRequest } from './pdu.ts';
import { storageCommitmentPushModel, verification } from './uid.ts';
import type { RoleSelection } from './user-information.ts';

const implicit = '1.2.840.10008.1.2';
const explicit = '1.2.840.10008.1.2.1';
const jpeg2000 = '1.2.840.10008.1.2.4.90';

const policy: AcceptancePolicy = {
  aeTitle: 'SCANSIDE',
  acceptAnyCalledAe: false,
  maxPduLength: 65_536,
  storage: true,
  commitment: 'both',
};

function answer(abstractSyntax: string, transferSyntaxes: string[], differs = {}) {
  const contexts = [{ id: 1, abstractSyntax, transferSyntaxes }];
  const accept = negotiate(associateRequest({ contexts }), { ...policy, ...differs });
  const { result, transferSyntax } = accept.contexts[0]!;
  return result === 0 ? transferSyntax : result;
}

describe('presentation contexts', () => {
  it.each<[string, string, string[], string | number]>([
    ['the first known syntax of storage', ctImageStorage, [jpeg2000, explicit], jpeg2000],
    ['the first known, not the first', ctImageStorage, ['1.2.3.4', explicit], explicit],
    ['no known syntax', ctImageStorage, ['1.2.3.4'], 4],
    ['JPIP, whose pixels stay elsewhere', ctImageStorage, ['1.2.840.10008.1.2.4.94'], 4],
    ['verification in implicit', verification, [implicit], implicit],
    ['verification in JPEG 2000 only', verification, [jpeg2000], 4],
    [
      'a storage class that is newer than we are',
      '1.2.840.10008.5.1.4.1.1.999',
      [explicit],
      explicit,
    ],
    ['query/retrieve', '1.2.840.10008.5.1.4.1.2.1.1', [explicit], 3],
    ['inventory query, under the storage arc', '1.2.840.10008.5.1.4.1.1.201.2', [explicit], 3],
    ['a name every object has', 'constructor', [explicit], 3],
  ])('%s', (_title, abstractSyntax, transferSyntaxes, expected) => {
    expect(answer(abstractSyntax, transferSyntaxes)).toBe(expected);
  });

  it('storage is refused where it is switched off', () => {
    expect(answer(ctImageStorage, [explicit], { storage: false })).toBe(3);
  });

  it('an answer in a syntax that was not proposed accepts nothing', () => {
    const proposed = [{ id: 1, abstractSyntax: ctImageStorage, transferSyntaxes: [explicit] }];
    const answered = { id: 1, result: 0, transferSyntax: jpeg2000 };
    expect(acceptedContexts(proposed, [answered]).size).toBe(0);
    expect(acceptedContexts(proposed, [{ ...answered, transferSyntax: explicit }]).size).toBe(1);
  });
});

/** PS3.7 D.3.3.4: what is granted of the roles that the requestor proposes to play. */
describe('roles in storage commitment', () => {
  const both = { scu: true, scp: true };
  const pacs = { scu: false, scp: true };
  const modality = { scu: true, scp: false };
  const neither = { scu: false, scp: false };

  it.each([
    ['scu', pacs, pacs, 0],
    ['scu', both, pacs, 0],
    ['scu', modality, neither, 3],
    ['scp', modality, modality, 0],
    ['scp', pacs, neither, 3],
    ['scp', both, modality, 0],
    ['both', both, both, 0],
    ['both', pacs, pacs, 0],
    ['none', both, neither, 3],
  ] as const)('we play %s, the peer proposes %o', (commitment, proposed, granted, result) => {
    const accept = negotiate(requestWithRole(storageCommitmentPushModel, proposed), {
      ...policy,
      commitment,
    });
    expect(accept.contexts[0]).toMatchObject({ result });
    expect(accept.userInformation.roles).toEqual([
      { sopClassUid: storageCommitmentPushModel, ...granted },
    ]);
  });

  it('without a proposal there is no answer, and the context is accepted', () => {
    const contexts = [
      { id: 1, abstractSyntax: storageCommitmentPushModel, transferSyntaxes: [implicit] },
    ];
    const accept = negotiate(associateRequest({ contexts }), { ...policy, commitment: 'scu' });
    expect(accept.contexts[0]).toMatchObject({ result: 0 });
    expect(accept.userInformation.roles).toEqual([]);
  });

  it('a peer is never SCP of storage', () => {
    const accept = negotiate(requestWithRole(ctImageStorage, both), policy);
    expect(accept.userInformation.roles).toEqual([{ sopClassUid: ctImageStorage, ...modality }]);
  });
});

function requestWithRole(
  abstractSyntax: string,
  role: Pick<RoleSelection, 'scu' | 'scp'>,
): AssociateRequest {
  const contexts = [{ id: 1, abstractSyntax, transferSyntaxes: [explicit] }];
  const request = associateRequest({ contexts });
  const roles = [{ sopClassUid: abstractSyntax, ...role }];
  return { ...request, userInformation: { ...request.userInformation, roles } };
}

it('says a rejection in words', () => {
  expect(describeReject(reject('local limit exceeded'))).toBe('local limit exceeded (transient)');
  expect(describeReject({ pdu: 'A-ASSOCIATE-RJ', result: 1, source: 9, reason: 8 })).toBe(
    'source 9, reason 8 (permanent)',
  );
});
