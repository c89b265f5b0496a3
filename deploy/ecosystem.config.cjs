// pm2 start deploy/ecosystem.config.cjs
module.exports = {
  apps: [
    {
      name: 'whatsapp-service',
      script: './switchboard',
      args: 'serve --only microservice',
      interpreter: 'none',
      // The log and the session files where the document's commands look for them: in the working directory.
      env: {
        PORT: '3001',
        WS_PORT: '3002',
        NODE_ENV: 'production',
        SESSIONS_PATH: './sessions',
        SWITCHBOARD_LOG_FILE: 'logs/app.log'
      },
      kill_timeout: 30000
    }
  ]
}
