import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const api = 'http://localhost:3000';

export default defineConfig({
  plugins: [react()],
  // The copy of the wasm for where the file cannot be fetched: a chunk that is hardly ever loaded.
  build: { chunkSizeWarningLimit: 1000 },
  server: {
    proxy: {
      '/api': api,
      '/rt': api,
      '/socket.io': { target: api, ws: true },
    },
  },
});
