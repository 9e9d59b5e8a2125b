//! ussd_http: to be filled.
