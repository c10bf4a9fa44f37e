"""From mentions in many articles to real meetings and agreements."""
