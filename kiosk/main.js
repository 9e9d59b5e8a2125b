// A stand-in for the page, so that its API can be served and tested.
