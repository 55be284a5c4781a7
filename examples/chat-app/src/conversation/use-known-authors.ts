import type { Message } from 'tabcast';
import { useEffect, useRef } from 'react';
import { useDirectory, usePeople } from '../directory/directory';

/** Asks the server for the people again when somebody writes who signed in after we did. */
export function useKnownAuthors(messages: readonly Message[]): void {
  const { refresh } = useDirectory();
  const people = usePeople();
  const asked = useRef(new Set<string>());

  useEffect(() => {
    const known = new Set(people.map((person) => person.id));
    const unknown = messages
      .map((message) => message.from)
      .filter((id) => !known.has(id) && !asked.current.has(id));
    if (unknown.length === 0) return;
    for (const id of unknown) asked.current.add(id);
    refresh();
  }, [messages, people, refresh]);
}
