/** Leads to the door where the session is over: the server sends a reload there. Silent where it cannot be asked. */
export async function leaveWhenSignedOut(): Promise<void> {
  try {
    const { status } = await fetch('/api/session');
    if (status === 401) location.reload();
  } catch {
    // The stream tries again, and asks again.
  }
}
