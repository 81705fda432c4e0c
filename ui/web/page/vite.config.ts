import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// The engine that `npm run dev` takes its data from.
const engine = process.env.STUDIO_ENGINE ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../dist',
    // Names without hashes: a build overwrites the last one, so that nothing old
    // remains and a Go build beside it never finds the folder empty.
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        entryFileNames: 'page.js',
        chunkFileNames: 'page-[name].js',
        assetFileNames: '[name][extname]',
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: engine, ws: true, changeOrigin: true, rewriteWsOrigin: true } },
  },
})
