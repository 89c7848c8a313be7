import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { alias } from './vite.shared.ts'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias },
  test: { include: ['tests/**/*.test.ts'], environment: 'happy-dom' },
})
