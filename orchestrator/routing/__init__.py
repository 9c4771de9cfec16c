"""Who does what: complexity, quota, health, and the router that joins them."""
