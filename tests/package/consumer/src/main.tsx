import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { loadChat, loadCore } from 'tabcast';
import * as react from 'tabcast/react';

function App() {
  const [core, setCore] = useState('loading');
  useEffect(() => {
    Promise.all([loadCore(), loadChat()]).then(
      () => setCore('loaded'),
      (error: unknown) => setCore(String(error)),
    );
  }, []);
  return (
    <p data-core={core} data-exports={Object.keys(react).join(' ')}>
      core: {core}
    </p>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
