"""From sources to captures: configuration, discovery, politeness, guards and the Scrapy spiders."""
