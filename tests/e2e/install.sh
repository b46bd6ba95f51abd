hostname > /etc/application
