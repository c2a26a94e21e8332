import type { Role } from '../role.ts';

/**
 * Who may do what. A route names one of these permissions, or `public`; one that names none is refused. Anybody who is
 * signed in may stop the AI, because a stop that has to be asked for is none; it goes on when somebody says so who
 * answers for it. What each role is shown of an exam is another question (`presentation.ts`).
 */
export const permissions = {
  'see-exams': ['technologist', 'radiologist', 'field-engineer', 'administrator'],
  /** Seen, agree, disagree, repeat taken, make STAT. */
  act: ['technologist', 'radiologist', 'administrator'],
  'withdraw-flag': ['radiologist', 'administrator'],
  'pause-ai': ['technologist', 'radiologist', 'field-engineer', 'administrator'],
  'resume-ai': ['radiologist', 'field-engineer', 'administrator'],
  /** Who works with the scanner knows when an exchange of a model is in the way. */
  'postpone-update': ['technologist', 'field-engineer', 'administrator'],
  'see-device': ['technologist', 'radiologist', 'field-engineer', 'administrator'],
  'see-models': ['technologist', 'radiologist', 'field-engineer', 'administrator'],
  /** A model that was trusted less goes on; whoever answers for patients decides it. */
  'release-model': ['radiologist', 'administrator'],
  'stop-model': ['radiologist', 'field-engineer', 'administrator'],
  /** Reading drawn exams without seeing what AI said. */
  'read-exams': ['radiologist'],
  'see-quality': ['radiologist', 'field-engineer', 'administrator'],
  /** Checks and commissioning; nothing of a patient stands there. */
  'service-device': ['field-engineer', 'administrator'],
  'own-account': ['technologist', 'radiologist', 'field-engineer', 'administrator'],
  'manage-users': ['administrator'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof permissions;

/** What a route says of itself. */
export type RoutePermission = Permission | 'public';

export function isAllowed(role: Role, permission: Permission): boolean {
  const allowed: readonly Role[] = permissions[permission];
  return allowed.includes(role);
}

/** All that a role may do. */
export function permissionsOf(role: Role): Permission[] {
  const names = Object.keys(permissions) as Permission[];
  return names.filter((name) => isAllowed(role, name));
}
