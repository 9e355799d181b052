"""One machine's generators: started by command line, spoken to over a socket, their figures merged."""
