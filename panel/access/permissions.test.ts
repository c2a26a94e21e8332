import { expect, it } from 'vitest';
import { roles } from '../role.ts';
import { homeOf, isAllowed, permissions, type Permission } from './permissions.ts';

const names = Object.keys(permissions) as Permission[];

it('lets nobody but an administrator manage users, and a field engineer see no patient', () => {
  const may = (permission: Permission) => roles.filter((role) => isAllowed(role, permission));
  expect(may('manage-users')).toEqual(['administrator']);
  expect(may('see-exams')).not.toContain('field-engineer');
  expect(may('withdraw-flag')).toEqual(['radiologist', 'administrator']);
});

it('lets everybody stop the AI and reach their own account', () => {
  for (const role of roles)
    expect([isAllowed(role, 'pause-ai'), isAllowed(role, 'own-account')]).toEqual([true, true]);
});

it('begins each role with a page that it may see', () => {
  const needed = { '/': 'see-exams', '/device': 'see-device' } as const;
  for (const role of roles)
    expect(isAllowed(role, needed[homeOf(role) as keyof typeof needed])).toBe(true);
});

it('has no permission that nobody has', () => {
  for (const name of names) expect(permissions[name].length).toBeGreaterThan(0);
});
