// How the renderer is built (`vite build renderer` writes dist/renderer): static files with relative addresses, so that the
// same output serves the app:// scheme and the loopback host. No inlined scripts or styles: the page's policy refuses them.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'chrome140',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
});
