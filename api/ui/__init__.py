"""The page a person sees and the contract as it is read: static files, sent as they are."""
