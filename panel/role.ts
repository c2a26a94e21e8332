/** Who uses the panel. What each may do stands in `access/permissions.ts`, what each is shown in `presentation.ts`. */
export const roles = ['technologist', 'radiologist', 'field-engineer', 'administrator'] as const;

export type Role = (typeof roles)[number];

/** Somebody who is signed in, for what has to be recorded of them. */
export interface Actor {
  /** Short name of the account; never a person's name. */
  user: string;
  role: Role;
  /** Address that the request came from. */
  address: string;
}
