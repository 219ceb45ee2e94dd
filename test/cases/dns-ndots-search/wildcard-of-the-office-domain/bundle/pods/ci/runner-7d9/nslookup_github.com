Server:		10.43.0.10
Address:	10.43.0.10#53

Name:	github.com.corp.brightmill.io
Address: 10.20.0.80

