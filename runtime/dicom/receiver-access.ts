import { timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';

import type { Refusal } from './negotiation.ts';
import type { AssociateRequest } from './pdu.ts';
import { usernameAndPasscode } from './user-information.ts';

/** An application entity that may open associations. One AE title may stand in several of these. */
export interface Caller {
  aeTitle: string;
  /** Addresses and CIDR blocks, IPv4 and IPv6, that it calls from. */
  networks: readonly string[];
  /** The AE title it calls; without it, ours. */
  calledAeTitle?: string | undefined;
  /** UIDs of the SOP classes it may use besides Verification; without them all that we serve. */
  sopClasses?: readonly string[] | undefined;
  /** UIDs of the transfer syntaxes it may store in; without them all that we take. */
  transferSyntaxes?: readonly string[] | undefined;
  /** Associations it may have open at once. */
  maxAssociations?: number | undefined;
  /** One association is kept free for it. */
  priority?: boolean | undefined;
  /** Common name or DNS name that its TLS certificate must bear. */
  certificateName?: string | undefined;
  /** Who it must say it is (PS3.7 D.3.3.7). */
  user?: { name: string; /** As `hashPasscode` makes it. */ passcodeHash: string } | undefined;
}

/** What is known of a peer before it has said a word of DICOM. */
export interface Peer {
  address: string;
  /** Common names and DNS names of its verified certificate; none without TLS. */
  certificateNames: readonly string[];
}

/** Why a peer gets no association: DICOM's reason, which it is told, and ours, which is logged. */
export interface Refused {
  refusal: Refusal;
  cause: string;
}

/** What a caller must show, in the order in which it is asked. */
interface Check {
  refusal: Refusal;
  passes(caller: Caller, request: AssociateRequest, peer: Peer): boolean;
  cause(request: AssociateRequest, peer: Peer): string;
}

const checks: readonly Check[] = [
  {
    refusal: 'calling AE title not recognized',
    passes: (caller, { callingAeTitle }) => caller.aeTitle === callingAeTitle,
    cause: () => 'no caller has this AE title',
  },
  {
    refusal: 'calling AE title not recognized',
    passes: ({ networks }, _request, { address }) => isWithin(address, networks),
    cause: () => 'the AE title is not expected from this address',
  },
  {
    refusal: 'calling AE title not recognized',
    passes: ({ certificateName: name }, _request, { certificateNames }) =>
      name === undefined || certificateNames.includes(name),
    cause: (_request, { certificateNames: names }) =>
      names.length === 0
        ? 'the AE title needs a certificate and there is none'
        : `the AE title is not for the certificate of ${names.join(', ')}`,
  },
  {
    refusal: 'called AE title not recognized',
    passes: ({ calledAeTitle: title }, request) =>
      title === undefined || title === request.calledAeTitle,
    cause: () => 'the caller is to call another AE title',
  },
  {
    refusal: 'no reason given',
    passes: ({ user }, { userInformation: { userIdentity } }) =>
      user === undefined ||
      (userIdentity?.type === usernameAndPasscode && isSame(userIdentity.primary, user.name)),
    cause: ({ userInformation: { userIdentity } }) =>
      userIdentity ? 'another user identity than configured' : 'no user identity',
  },
];

/**
 * Finds the caller that a request comes from, or why there is none. Undefined is any caller: there is no list. The
 * passcode is not looked at here: whether it is right takes a while to compute.
 */
export function judgeCaller(
  request: AssociateRequest,
  peer: Peer,
  callers: readonly Caller[],
): { caller: Caller | undefined } | Refused {
  if (callers.length === 0) return { caller: undefined };
  let left = callers;
  for (const { refusal, passes, cause } of checks) {
    left = left.filter((caller) => passes(caller, request, peer));
    if (left.length === 0) return { refusal, cause: cause(request, peer) };
  }
  return { caller: left[0] };
}

/** Whether an address lies in one of the networks. An IPv4 address mapped into IPv6 counts as IPv4. */
export function isWithin(address: string, networks: readonly string[]): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', prefix] = network.split('/');
    const family = familyOf(base);
    list.addSubnet(base, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function isSame(bytes: Buffer, text: string): boolean {
  const expected = Buffer.from(text);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

/** How many associations may be open at once. */
export interface AssociationLimits {
  inAll: number;
  perAddress: number;
  perAeTitle: number;
}

/** An association that is open. */
export interface Occupant {
  callingAeTitle: string;
  peerAddress: string;
}

/** Why one more association of `asking` would be too many, or undefined. */
export function findExcess(
  open: readonly Occupant[],
  asking: Occupant,
  limits: AssociationLimits,
  callers: readonly Caller[] = [],
  caller?: Caller,
): string | undefined {
  const { inAll, perAddress, perAeTitle } = limits;
  const ofAddress = open.filter(({ peerAddress }) => peerAddress === asking.peerAddress).length;
  const ofAeTitle = open.filter((each) => each.callingAeTitle === asking.callingAeTitle).length;
  const kept = caller?.priority ? 0 : countKept(open, callers);
  const ownLimit = caller?.maxAssociations ?? perAeTitle;
  if (open.length >= inAll) return `${inAll} associations are open`;
  if (open.length + kept >= inAll) return `the last ${kept} associations are kept for others`;
  if (ofAddress >= perAddress) return `${perAddress} associations of this address are open`;
  if (ofAeTitle >= ownLimit) return `${ownLimit} associations of this AE title are open`;
  return undefined;
}

/** Callers with priority that have no association open. */
function countKept(open: readonly Occupant[], callers: readonly Caller[]): number {
  const present = new Set(open.map(({ callingAeTitle }) => callingAeTitle));
  const absent = callers.filter(({ aeTitle, priority }) => priority && !present.has(aeTitle));
  return new Set(absent.map(({ aeTitle }) => aeTitle)).size;
}

/** A connection as far as making room is concerned. */
export interface Guest {
  address: string;
  /** It has no association: nothing is lost by closing it. */
  readonly expendable: boolean;
  destroy(): void;
}

/**
 * Which connection gives way when there are too many: the oldest without an association, of the address that has most
 * of them, so that a crowd from one address pushes out nobody else. `guests` come oldest first.
 */
export function findExpendable<G extends Guest>(guests: Iterable<G>): G | undefined {
  const byAddress = new Map<string, G[]>();
  for (const guest of guests)
    if (guest.expendable)
      byAddress.set(guest.address, [...(byAddress.get(guest.address) ?? []), guest]);
  const crowds = [...byAddress.values()].sort((a, b) => b.length - a.length);
  return crowds[0]?.[0];
}
