import { useConnectionStatus, useTabs } from 'tabcast/react';
import { connectionText } from './connection-text';
import styles from './tabs-details.module.css';

const ROLE = {
  leader: 'Leader: holds the connection',
  follower: 'Follower: uses the leader’s connection',
  solo: 'On its own',
  joining: 'Looking for other tabs',
} as const;

const TRANSPORT = {
  websocket: 'WebSocket',
  polling: 'HTTP polling',
  sse: 'event stream, as no socket can be had',
} as const;

export function TabsDetails() {
  const tabs = useTabs();
  const { status, transport } = useConnectionStatus();
  return (
    <dl className={styles.facts}>
      <Fact name="Role">{ROLE[tabs.role]}</Fact>
      <Fact name="Tabs">
        {tabs.count}, {tabs.visibleTabs} visible
      </Fact>
      <Fact name="Sharing">{tabs.sharing === 'on' ? 'On' : `Off (${tabs.sharing})`}</Fact>
      <Fact name="Connection">
        {connectionText(status)}
        {transport && ` by ${TRANSPORT[transport]}`}
      </Fact>
      <Fact name="Term">{tabs.term}</Fact>
      <Fact name="This tab">
        <code>{tabs.tabId}</code>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
