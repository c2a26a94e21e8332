/** An element of a small XML document without mixed content. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

/** Reads what a message is made of: elements, attributes, the five entities. Throws where it is not well-formed. */
export function parseXml(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const pattern =
    /<\?[^?]*\?>|<\/([A-Za-z]+)>|<([A-Za-z]+)((?: [A-Za-z-]+="[^"<]*")*)(\/?)>|([^<]+)/y;
  while (pattern.lastIndex < xml.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(xml);
    if (!found) throw new Error(`no XML at ${at}: ${xml.slice(at, at + 40)}`);
    const [, closed, opened, attributes = '', isEmpty, text] = found;
    const last = open.at(-1)!;
    if (closed && open.pop()!.name !== closed) throw new Error(`${closed} is not open`);
    if (text) last.text += decode(text);
    if (!opened) continue;
    const pairs = [...attributes.matchAll(/ ([A-Za-z-]+)="([^"]*)"/g)];
    const read = Object.fromEntries(pairs.map(([, key, value]) => [key, decode(value!)]));
    const element = { name: opened, attributes: read, children: [], text: '' };
    last.children.push(element);
    if (!isEmpty) open.push(element);
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one whole element');
  return root.children[0]!;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replaceAll(/&(\w*);?/g, (all, name: string) => {
    const character = entities[name];
    if (!character || !all.endsWith(';')) throw new Error(`entity ${all}`);
    return character;
  });
}

type Count = '1' | '?' | '*' | '+';

/** What an element may hold, in order, and which attributes: an attribute without `?` must be there. */
interface Rule {
  attributes?: Record<string, RegExp>;
  children?: readonly (readonly [name: string, count: Count])[];
  text?: RegExp;
}

const token = /^\S(?:.*\S)?$/u;
const anything = /^.*$/su;
const oneOf = (last: number) =>
  new RegExp(`^(${Array.from({ length: last }, (_, at) => at + 1).join('|')})$`);
const boolean = /^(true|false|1|0)$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const uid = /^(0|[1-9]\d*)(\.(0|[1-9]\d*))*$/;

const coded: Rule = {
  attributes: {
    'csd-code': token,
    codeSystemName: token,
    'displayName?': token,
    originalText: token,
  },
};

/** The RELAX NG schema of PS3.15 A.5.1 as rules. */
const schema: Record<string, Rule> = {
  AuditMessage: {
    children: [
      ['EventIdentification', '1'],
      ['ActiveParticipant', '+'],
      ['AuditSourceIdentification', '1'],
      ['ParticipantObjectIdentification', '*'],
    ],
  },
  EventIdentification: {
    attributes: {
      'EventActionCode?': /^[CRUDE]$/,
      EventDateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
      EventOutcomeIndicator: /^(0|4|8|12)$/,
    },
    children: [
      ['EventID', '1'],
      ['EventTypeCode', '*'],
      ['EventOutcomeDescription', '?'],
    ],
  },
  EventID: coded,
  EventTypeCode: coded,
  EventOutcomeDescription: { text: anything },
  ActiveParticipant: {
    attributes: {
      UserID: anything,
      'AlternativeUserID?': anything,
      'UserName?': anything,
      UserIsRequestor: boolean,
      'NetworkAccessPointID?': token,
      'NetworkAccessPointTypeCode?': oneOf(5),
    },
    children: [
      ['RoleIDCode', '*'],
      ['MediaIdentifier', '?'],
    ],
  },
  RoleIDCode: coded,
  AuditSourceIdentification: {
    attributes: { 'AuditEnterpriseSiteID?': token, AuditSourceID: token },
    children: [['AuditSourceTypeCode', '*']],
  },
  AuditSourceTypeCode: { attributes: { 'csd-code': oneOf(9) } },
  ParticipantObjectIdentification: {
    attributes: {
      ParticipantObjectID: token,
      'ParticipantObjectTypeCode?': oneOf(4),
      'ParticipantObjectTypeCodeRole?': oneOf(26),
      'ParticipantObjectDataLifeCycle?': oneOf(15),
      'ParticipantObjectSensitivity?': token,
    },
    children: [
      ['ParticipantObjectIDTypeCode', '1'],
      ['ParticipantObjectName', '1'],
      ['ParticipantObjectDetail', '*'],
      ['ParticipantObjectDescription', '*'],
    ],
  },
  ParticipantObjectIDTypeCode: coded,
  ParticipantObjectName: { text: anything },
  ParticipantObjectDetail: { attributes: { type: token, value: base64 } },
  ParticipantObjectDescription: {
    children: [
      ['MPPS', '*'],
      ['Accession', '*'],
      ['SOPClass', '*'],
      ['ParticipantObjectContainsStudy', '?'],
      ['Encrypted', '?'],
      ['Anonymized', '?'],
    ],
  },
  SOPClass: {
    attributes: { 'UID?': uid, NumberOfInstances: /^\d+$/ },
    children: [['Instance', '*']],
  },
  Instance: { attributes: { UID: uid } },
};

/** What of a message is not as the schema says; empty for one that is valid. */
export function schemaFaults(element: Element, expected = 'AuditMessage'): string[] {
  const { name, attributes, children, text } = element;
  const rule = schema[name];
  if (name !== expected || !rule) return [`${name} instead of ${expected}`];
  return [
    ...attributeFaults(name, attributes, rule.attributes ?? {}),
    ...((rule.text ?? /^$/).test(text) ? [] : [`${name} holds text`]),
    ...orderFaults(name, children, rule.children ?? []),
    ...children.flatMap((child) => schemaFaults(child, child.name)),
  ];
}

function attributeFaults(
  name: string,
  attributes: Record<string, string>,
  rules: Record<string, RegExp>,
): string[] {
  const known = Object.keys(rules).map((key) => key.replace('?', ''));
  const wrong = Object.entries(rules).filter(([key, form]) => {
    const value = attributes[key.replace('?', '')];
    return value === undefined ? !key.endsWith('?') : !form.test(value);
  });
  return [
    ...wrong.map(([key]) => `${name} ${key}`),
    ...Object.keys(attributes)
      .filter((key) => !known.includes(key))
      .map((key) => `${name} ${key} is unknown`),
  ];
}

function orderFaults(
  name: string,
  children: Element[],
  rules: readonly (readonly [string, Count])[],
): string[] {
  const pattern = rules
    .map(([child, count]) => `(${child} )${count === '1' ? '' : count}`)
    .join('');
  const order = children.map((child) => `${child.name} `).join('');
  return new RegExp(`^${pattern}$`).test(order) ? [] : [`${name} holds ${order || 'nothing'}`];
}
