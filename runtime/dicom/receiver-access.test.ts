import { describe, expect, it } from 'vitest';
import { applicationContextName } from './uid.ts';
import type { AssociateRequest } from './pdu.ts';
import { hashPasscode, isPasscode, passcodeHashForm } from './passcode.ts';
import {
  type Caller,
  findExcess,
  findExpendable,
  isWithin,
  judgeCaller,
} from './receiver-access.ts';
import { plainUserInformation, type UserIdentity } from './user-information.ts';

function request(differs: Partial<AssociateRequest> = {}, userIdentity?: UserIdentity) {
  return {
    pdu: 'A-ASSOCIATE-RQ',
    protocolVersion: 1,
    calledAeTitle: 'SCANSIDE',
    callingAeTitle: 'CT1',
    applicationContextName,
    contexts: [],
    userInformation: { ...plainUserInformation(16_384, '1.2.3', undefined), userIdentity },
    ...differs,
  } satisfies AssociateRequest;
}

const ct: Caller = { aeTitle: 'CT1', networks: ['10.1.0.0/16', 'fd00::/8'] };
const plain = { address: '10.1.2.3', certificateNames: [] };

describe('networks', () => {
  it.each([
    ['10.1.2.3', ['10.1.2.3'], true],
    ['10.1.2.4', ['10.1.2.3'], false],
    ['10.1.2.3', ['10.2.0.0/16', '10.1.0.0/16'], true],
    ['10.2.0.1', ['10.1.0.0/16'], false],
    ['10.1.2.3', ['0.0.0.0/0'], true],
    ['fd00::1', ['fd00::/8'], true],
    ['fe80::1', ['fd00::/8'], false],
    ['::1', ['::1'], true],
    ['::ffff:10.1.2.3', ['10.1.0.0/16'], true],
    ['', ['0.0.0.0/0'], false],
    ['10.1.2.3', [], false],
  ])('%s in %j: %s', (address, networks, expected) => {
    expect(isWithin(address, networks)).toBe(expected);
  });
});

describe('callers', () => {
  it('without a list everyone may call', () => {
    expect(judgeCaller(request(), plain, [])).toEqual({ caller: undefined });
  });

  it('one AE title may stand in several entries', () => {
    const other = { ...ct, networks: ['192.168.0.1'] };
    const peer = { address: '192.168.0.1', certificateNames: [] };
    expect(judgeCaller(request(), peer, [ct, other])).toEqual({ caller: other });
  });

  it.each<
    [string, Partial<AssociateRequest>, Partial<typeof plain>, Partial<Caller>, string, RegExp]
  >([
    ['another AE title', { callingAeTitle: 'CT2' }, {}, {}, 'calling', /no caller/],
    ['another case of letters', { callingAeTitle: 'ct1' }, {}, {}, 'calling', /no caller/],
    ['another address', {}, { address: '10.2.0.1' }, {}, 'calling', /address/],
    ['no certificate', {}, {}, { certificateName: 'ct1' }, 'calling', /there is none/],
    ['another called AE title', {}, {}, { calledAeTitle: 'ALIAS' }, 'called', /another AE title/],
    ['no user identity', {}, {}, { user: { name: 'u', passcodeHash: '' } }, 'no reason', /no user/],
  ])('%s is refused', (_title, asked, peer, differs, reason, cause) => {
    const verdict = judgeCaller(request(asked), { ...plain, ...peer }, [{ ...ct, ...differs }]);
    expect(verdict).toEqual({
      refusal: expect.stringContaining(reason),
      cause: expect.stringMatching(cause),
    });
  });

  it('a certificate counts by its name, not by being one', () => {
    const bound = { ...ct, certificateName: 'ct1.hospital' };
    const judge = (name: string) =>
      judgeCaller(request(), { ...plain, certificateNames: [name] }, [bound]);
    expect(judge('ct1.hospital')).toEqual({ caller: bound });
    expect(judge('ct2.hospital')).toMatchObject({ cause: expect.stringContaining('ct2.hospital') });
  });

  it('a user identity counts only with a passcode and the right name', () => {
    const known = { ...ct, user: { name: 'ct', passcodeHash: 'any' } };
    const judge = (type: number, name: string) =>
      judgeCaller(
        request(
          {},
          {
            type,
            responseRequested: false,
            primary: Buffer.from(name),
            secondary: Buffer.alloc(0),
          },
        ),
        plain,
        [known],
      );
    expect(judge(2, 'ct')).toEqual({ caller: known });
    expect(judge(1, 'ct')).toMatchObject({ refusal: 'no reason given' });
    expect(judge(2, 'other')).toMatchObject({ refusal: 'no reason given' });
  });
});

describe('passcodes', () => {
  it('match their own hash, salted anew each time', async () => {
    const [one, two] = [await hashPasscode('geheim'), await hashPasscode('geheim')];
    expect(one).toMatch(passcodeHashForm);
    expect(one).not.toBe(two);
    expect(await isPasscode(Buffer.from('geheim'), two)).toBe(true);
    expect(await isPasscode(Buffer.from('geheim '), one)).toBe(false);
    expect(await isPasscode(Buffer.from(''), '')).toBe(false);
  });
});

describe('limits', () => {
  const limits = { inAll: 4, perAddress: 3, perAeTitle: 2 };
  const open = (...titles: string[]) =>
    titles.map((callingAeTitle, at) => ({ callingAeTitle, peerAddress: `10.0.0.${at}` }));
  const ct1 = { callingAeTitle: 'CT1', peerAddress: '10.1.2.3' };

  it.each([
    [open(), undefined],
    [open('CT1'), undefined],
    [open('CT1', 'CT1'), '2 associations of this AE title'],
    [open('A', 'B', 'C'), undefined],
    [open('A', 'B', 'C', 'D'), '4 associations are open'],
    [open('A', 'B', 'C').map((each) => ({ ...each, peerAddress: '10.1.2.3' })), 'of this address'],
  ])('%j open: %s', (already, excess) => {
    const found = findExcess(already, ct1, limits);
    if (excess === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(excess);
  });

  it('a caller’s own limit is its limit', () => {
    expect(findExcess(open('CT1'), ct1, limits, [], { ...ct, maxAssociations: 1 })).toMatch(/^1 /);
    const roomy = { ...ct, maxAssociations: 9 };
    expect(findExcess(open('CT1', 'CT1'), ct1, limits, [roomy], roomy)).toBeUndefined();
  });

  it('one association is kept free for each caller with priority that has none', () => {
    const urgent = { aeTitle: 'ER', networks: [], priority: true };
    const er = { callingAeTitle: 'ER', peerAddress: '10.9.9.9' };
    expect(findExcess(open('A', 'B', 'C'), ct1, limits, [urgent, ct], ct)).toContain('kept');
    expect(findExcess(open('A', 'B', 'C'), er, limits, [urgent, ct], urgent)).toBeUndefined();
    expect(findExcess(open('A', 'B', 'ER'), ct1, limits, [urgent, ct], ct)).toBeUndefined();
  });

  it('the oldest connection of the most crowded address gives way, never an association', () => {
    const guest = (address: string, expendable: boolean) => ({
      address,
      expendable,
      destroy: () => {},
    });
    const scanner = guest('10.0.0.1', true);
    const crowd = [guest('10.0.0.2', false), guest('10.0.0.2', true), guest('10.0.0.2', true)];
    expect(findExpendable([scanner, ...crowd])).toBe(crowd[1]);
    expect(findExpendable([guest('10.0.0.1', false)])).toBeUndefined();
  });
});
