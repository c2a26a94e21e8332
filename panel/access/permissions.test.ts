import { expect, it } from 'vitest';
import { roles } from '../role.ts';
import { isAllowed, permissions, permissionsOf, type Permission } from './permissions.ts';

const may = (permission: Permission) => roles.filter((role) => isAllowed(role, permission));

it('lets nobody but an administrator manage users, and no technologist take back a flag', () => {
  expect(may('manage-users')).toEqual(['administrator']);
  expect(may('withdraw-flag')).toEqual(['radiologist', 'administrator']);
});

it('has a field engineer decide nothing about an exam', () => {
  expect(permissionsOf('field-engineer')).not.toContain('act');
});

it('lets everybody stop the AI and reach their own account', () => {
  expect([may('pause-ai'), may('own-account')]).toEqual([roles, roles]);
});

it('has no permission that nobody has', () => {
  for (const allowed of Object.values(permissions)) expect(allowed.length).toBeGreaterThan(0);
});
