import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Runs without network. Scripts and styles are files of their own, so that the page needs no inline ones. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), tailwindcss()],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 700,
  },
  // `vite` alone, for work on the page: a fleet on its usual port answers.
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
});
