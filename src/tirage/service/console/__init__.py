"""What the console asks of a node, one module a resource of the API; put together in `application`."""
