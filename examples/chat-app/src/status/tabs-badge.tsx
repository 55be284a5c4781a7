import { useConnectionStatus, useTabs } from 'tabcast/react';
import { Popover } from '../ui/popover';
import { TabGlyphs } from './tab-glyphs';
import styles from './tabs-badge.module.css';
import { TabsDetails } from './tabs-details';
import { tabsText } from './tabs-text';

/** Which tab holds the connection and how many share it; a press shows the details. */
export function TabsBadge() {
  const tabs = useTabs();
  const { status } = useConnectionStatus();
  const text = tabsText(tabs, status);
  return (
    <div
      data-testid="tab-role"
      data-role={tabs.role}
      data-term={tabs.term}
      data-tabs={tabs.count}
      className={styles.badge}
    >
      <Popover
        label="Connection details"
        triggerClass={styles.trigger}
        trigger={
          <>
            <TabGlyphs role={tabs.role} count={tabs.count} />
            <span className={styles.long}>{text.long}</span>
            <span className={styles.short}>{text.short}</span>
          </>
        }
      >
        {() => <TabsDetails />}
      </Popover>
    </div>
  );
}
