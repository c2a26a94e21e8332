/** What a study says of its own urgency, and where it comes from. */
export interface UrgencyFacts {
  /** Priority (0000,0700) of the C-STORE request, PS3.7 9.3.1.1: 0 medium, 1 high, 2 low. */
  storePriority?: number | undefined;
  /** Requested Procedure Priority (0040,1003), PS3.3 C.4.11: STAT, HIGH, ROUTINE, MEDIUM or LOW. */
  requestedProcedurePriority?: string | undefined;
  callingAeTitle?: string | undefined;
  bodyPartExamined?: string | undefined;
  modality?: string | undefined;
  /** A person has asked for it on the panel. */
  raised?: boolean | undefined;
}

/** Urgent is what meets all conditions of a rule. A rule without conditions meets nothing. */
export interface StatRule {
  callingAeTitle?: string | undefined;
  bodyPartExamined?: string | undefined;
  modality?: string | undefined;
}

/** Whether clinical work is urgent, and by what, for the log and the panel. */
export interface Urgency {
  priority: 'stat' | 'routine';
  because: string;
}

const storedWithHighPriority = 1;
const urgentProcedures: readonly (string | undefined)[] = ['STAT', 'HIGH'];
const conditions = ['callingAeTitle', 'bodyPartExamined', 'modality'] as const;

/** One reason to be urgent is enough; nothing that a study says makes it less than routine. */
export function urgencyOf(facts: UrgencyFacts, rules: readonly StatRule[]): Urgency {
  const { storePriority, raised } = facts;
  const procedure = plain(facts.requestedProcedurePriority);
  const rule = rules.find((candidate) => isMet(candidate, facts));
  if (raised) return stat('raised on the panel');
  if (storePriority === storedWithHighPriority) return stat('sent with high priority');
  if (urgentProcedures.includes(procedure))
    return stat(`the procedure was requested as ${procedure}`);
  if (rule) return stat(`the rule for ${describeRule(rule)}`);
  return { priority: 'routine', because: 'nothing says that it is urgent' };
}

function stat(because: string): Urgency {
  return { priority: 'stat', because };
}

function isMet(rule: StatRule, facts: UrgencyFacts): boolean {
  const set = conditions.filter((name) => rule[name] !== undefined);
  return set.length > 0 && set.every((name) => plain(rule[name]) === plain(facts[name]));
}

function describeRule(rule: StatRule): string {
  return conditions.flatMap((name) => rule[name] ?? []).join(', ');
}

/** Code strings and AE titles are compared without the spaces around them, PS3.5 6.2. */
function plain(value: string | undefined): string | undefined {
  return value?.trim().toUpperCase();
}
