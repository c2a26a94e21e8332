/** What decides how urgent an image is. */
export interface UrgencyInstance {
  facts: {
    modality: string;
    bodyPart: string;
    /** Requested Procedure Priority (0040,1003). */
    requestedPriority: string;
    sending: {
      callingAeTitle: string;
      /** Priority (0000,0700) of the C-STORE. */
      priority: number | undefined;
    };
  };
}

/** Images that are always STAT: those of which everything holds that the rule names. */
export interface StatRule {
  callingAeTitle?: string | undefined;
  modality?: string | undefined;
  bodyPart?: string | undefined;
}

export interface UrgencyRules {
  /** Whether the scanner's own words count. Some scanners send everything with high priority. */
  fromScanner: boolean;
  rules: readonly StatRule[];
}

/** Priority (0000,0700), PS3.7 E.1. */
const high = 1;

/** Requested Procedure Priority (0040,1003), PS3.3 C.4.11: values above routine. */
const urgentRequests = ['STAT', 'HIGH'];

function holds(rule: StatRule, { facts }: UrgencyInstance): boolean {
  const known: StatRule = { ...facts, callingAeTitle: facts.sending.callingAeTitle };
  const keys = ['callingAeTitle', 'modality', 'bodyPart'] as const;
  return keys.every((key) => rule[key] === undefined || rule[key] === known[key]);
}

/** How urgent the analysis of an image is: `reprocess` where it came so long ago that nobody waits for it any more. */
export type Urgency = 'stat' | 'routine' | 'reprocess';

/** `ageMs`: since it has come; from `reprocessAfterMs` on it waits behind what has just come, unless it is STAT. */
export function judgeUrgency(isStat: boolean, ageMs: number, reprocessAfterMs: number): Urgency {
  if (isStat) return 'stat';
  return ageMs > reprocessAfterMs ? 'reprocess' : 'routine';
}

/** Why an image is STAT, for the panel; undefined where it is not. */
export function whyStat(instance: UrgencyInstance, rules: UrgencyRules): string | undefined {
  const { requestedPriority, sending } = instance.facts;
  if (rules.fromScanner && sending.priority === high) return 'sent with high priority';
  if (rules.fromScanner && urgentRequests.includes(requestedPriority.toUpperCase()))
    return `requested as ${requestedPriority.toUpperCase()}`;
  return rules.rules.some((rule) => holds(rule, instance)) ? 'by a rule of this site' : undefined;
}
