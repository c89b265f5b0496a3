// pm2 start deploy/ecosystem.config.cjs
module.exports = {
  apps: [
    {
      name: 'whatsapp-service',
      script: './switchboard',
      args: 'serve --only microservice',
      interpreter: 'none',
      env: { PORT: '3001', WS_PORT: '3002', NODE_ENV: 'production' },
      kill_timeout: 30000
    }
  ]
}
