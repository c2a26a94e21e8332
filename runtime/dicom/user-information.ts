import { type ByteReader, item, text, uint16, uint32 } from './byte-reader.ts';

/** SCP/SCU role selection for one SOP class (PS3.7 D.3.3.4): which roles the requestor plays. */
export interface RoleSelection {
  sopClassUid: string;
  scu: boolean;
  scp: boolean;
}

/** User identity as the requestor states it (PS3.7 D.3.3.7.1). */
export interface UserIdentity {
  type: number;
  responseRequested: boolean;
  primary: Buffer;
  secondary: Buffer;
}

/** User identity type: a username and a passcode (PS3.7 table D.3-14). */
export const usernameAndPasscode = 2;

/** The user information item of A-ASSOCIATE-RQ and -AC (PS3.8 9.3.2.3, PS3.7 D.3.3). */
export interface UserInformation {
  /** The longest P-DATA-TF PDU, without its header, that the sender of this item takes; 0 is no limit. */
  maxPduLength: number;
  implementationClassUid: string;
  implementationVersionName: string | undefined;
  /** Operations outstanding at once; 0 is no limit. Absent means one each. */
  asynchronousOperations: { invoked: number; performed: number } | undefined;
  roles: RoleSelection[];
  /** SOP class extended negotiation, kept raw. */
  extended: { sopClassUid: string; information: Buffer }[];
  /** SOP class common extended negotiation, kept raw. */
  commonExtended: Buffer[];
  userIdentity: UserIdentity | undefined;
  /** The acceptor's answer to a user identity. */
  userIdentityResponse: Buffer | undefined;
}

const itemTypes = {
  maxPduLength: 0x51,
  implementationClassUid: 0x52,
  asynchronousOperations: 0x53,
  roleSelection: 0x54,
  implementationVersionName: 0x55,
  extended: 0x56,
  commonExtended: 0x57,
  userIdentity: 0x58,
  userIdentityResponse: 0x59,
} as const;

/** User information that says only how long a PDU may be and who we are. */
export function plainUserInformation(
  maxPduLength: number,
  implementationClassUid: string,
  implementationVersionName: string | undefined,
): UserInformation {
  return {
    maxPduLength,
    implementationClassUid,
    implementationVersionName,
    asynchronousOperations: undefined,
    roles: [],
    extended: [],
    commonExtended: [],
    userIdentity: undefined,
    userIdentityResponse: undefined,
  };
}

const decoders: Record<number, (into: UserInformation, content: ByteReader) => void> = {
  [itemTypes.maxPduLength]: (into, content) => {
    into.maxPduLength = content.uint32();
  },
  [itemTypes.implementationClassUid]: (into, content) => {
    into.implementationClassUid = content.text(content.left);
  },
  [itemTypes.asynchronousOperations]: (into, content) => {
    into.asynchronousOperations = { invoked: content.uint16(), performed: content.uint16() };
  },
  [itemTypes.roleSelection]: (into, content) => {
    const sopClassUid = content.text(content.uint16());
    into.roles.push({ sopClassUid, scu: content.uint8() === 1, scp: content.uint8() === 1 });
  },
  [itemTypes.implementationVersionName]: (into, content) => {
    into.implementationVersionName = content.text(content.left);
  },
  [itemTypes.extended]: (into, content) => {
    const sopClassUid = content.text(content.uint16());
    into.extended.push({ sopClassUid, information: content.rest() });
  },
  [itemTypes.commonExtended]: (into, content) => {
    into.commonExtended.push(content.rest());
  },
  [itemTypes.userIdentity]: (into, content) => {
    into.userIdentity = decodeUserIdentity(content);
  },
  [itemTypes.userIdentityResponse]: (into, content) => {
    into.userIdentityResponse = content.bytes(content.uint16());
  },
};

function decodeUserIdentity(content: ByteReader): UserIdentity {
  return {
    type: content.uint8(),
    responseRequested: content.uint8() === 1,
    primary: content.bytes(content.uint16()),
    secondary: content.bytes(content.uint16()),
  };
}

/**
 * The answer to a user identity that is accepted (PS3.7 D.3.3.7.2), or undefined where none was asked for or it would
 * have to hold a ticket or an assertion of ours. For a username it is empty.
 */
export function answerUserIdentity(identity: UserIdentity | undefined): Buffer | undefined {
  if (!identity?.responseRequested || identity.type > usernameAndPasscode) return undefined;
  return Buffer.alloc(0);
}

/** Reads the sub-items; unknown ones are skipped, as PS3.8 9.3.1 asks. */
export function decodeUserInformation(content: ByteReader): UserInformation {
  const into = plainUserInformation(0, '', undefined);
  content.items((type, subItem) => decoders[type]?.(into, subItem));
  return into;
}

export function encodeUserInformation(information: UserInformation): Buffer {
  return item(
    0x50,
    item(itemTypes.maxPduLength, uint32(information.maxPduLength)),
    item(itemTypes.implementationClassUid, text(information.implementationClassUid)),
    ...optionalItems(information),
  );
}

function optionalItems(information: UserInformation): Buffer[] {
  const { asynchronousOperations, implementationVersionName } = information;
  const { userIdentity, userIdentityResponse } = information;
  const items = information.roles.map(encodeRole);
  if (asynchronousOperations) items.unshift(encodeAsynchronousOperations(asynchronousOperations));
  if (implementationVersionName !== undefined)
    items.push(item(itemTypes.implementationVersionName, text(implementationVersionName)));
  for (const { sopClassUid, information: bytes } of information.extended)
    items.push(item(itemTypes.extended, sized(text(sopClassUid)), bytes));
  for (const bytes of information.commonExtended) items.push(item(itemTypes.commonExtended, bytes));
  if (userIdentity) items.push(encodeUserIdentity(userIdentity));
  if (userIdentityResponse)
    items.push(item(itemTypes.userIdentityResponse, sized(userIdentityResponse)));
  return items;
}

function encodeAsynchronousOperations(window: { invoked: number; performed: number }): Buffer {
  return item(itemTypes.asynchronousOperations, uint16(window.invoked), uint16(window.performed));
}

function encodeRole({ sopClassUid, scu, scp }: RoleSelection): Buffer {
  return item(
    itemTypes.roleSelection,
    sized(text(sopClassUid)),
    Buffer.from([Number(scu), Number(scp)]),
  );
}

function encodeUserIdentity(identity: UserIdentity): Buffer {
  const head = Buffer.from([identity.type, Number(identity.responseRequested)]);
  return item(itemTypes.userIdentity, head, sized(identity.primary), sized(identity.secondary));
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([uint16(bytes.length), bytes]);
}
