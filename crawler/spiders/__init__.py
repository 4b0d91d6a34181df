"""The Scrapy spiders: what to request next, and nothing else."""
