import { useActionState } from 'react';
import { ThemeToggle } from '../theme/theme-toggle';
import { Logo } from '../ui/logo';
import { Notice } from '../ui/notice';
import { ApiError, login } from './api';
import { signOutReason, storedSession } from './session';
import styles from './sign-in.module.css';

interface Attempt {
  readonly name: string;
  readonly error: string | null;
}

export function SignIn() {
  const [attempt, submit, busy] = useActionState(signIn, { name: '', error: signOutReason() });
  return (
    <main className={styles.page}>
      <div className={styles.theme}>
        <ThemeToggle />
      </div>
      <form className={styles.card} action={submit} aria-labelledby="sign-in-title">
        <Logo />
        <h1 id="sign-in-title">Sign in to the chat</h1>
        <p className={styles.lead}>
          Open it in as many tabs as you like. One of them holds the connection, the others share
          it.
        </p>
        <label htmlFor="name">Your name</label>
        <input
          key={attempt.name}
          id="name"
          name="name"
          defaultValue={attempt.name}
          autoComplete="nickname"
          autoCapitalize="words"
          maxLength={32}
          required
          autoFocus
          aria-describedby={attempt.error ? 'sign-in-error' : undefined}
        />
        {attempt.error && (
          <Notice id="sign-in-error" tone="bad" role="alert">
            {attempt.error}
          </Notice>
        )}
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

async function signIn(_: Attempt, form: FormData): Promise<Attempt> {
  const name = String(form.get('name') ?? '').trim();
  if (!name) return { name, error: 'Please enter a name.' };
  try {
    const { token, user } = await login(name);
    storedSession.write({ token, user });
    return { name, error: null };
  } catch (error) {
    return { name, error: explain(error) };
  }
}

function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something went wrong. Please try again.';
  if (error.code === 'invalid') return 'The server did not accept this name. Please try another.';
  return error.message;
}
