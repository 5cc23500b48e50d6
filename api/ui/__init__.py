"""The page a person sees, and the viewer of the contract: files of this package, sent as they are."""
